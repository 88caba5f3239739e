"""What compiler, app, backends and launcher have to know alike; it imports nothing of ours."""
