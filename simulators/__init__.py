"""Stand-ins for Epicor Kinetic and Wise, servers of their own. They never import the connector."""
