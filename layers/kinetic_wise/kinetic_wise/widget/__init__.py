"""The payments board and one payment's story as HTML without script, for a CloudWatch dashboard and the local page."""
