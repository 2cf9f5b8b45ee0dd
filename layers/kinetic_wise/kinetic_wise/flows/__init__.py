"""Use cases, one a file. They decide; clients and ledger carry out."""
