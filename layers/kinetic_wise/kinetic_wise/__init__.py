"""Pays approved Epicor Kinetic invoices through Wise, once, provably."""
