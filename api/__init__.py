"""The HTTP API: reads through `db.queries`, writes only through `domain`, never sees how media is made."""
