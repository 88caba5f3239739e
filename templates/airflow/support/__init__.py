"""What generated DAG files do at run time: functions that are copied into them, as far as each uses them."""
