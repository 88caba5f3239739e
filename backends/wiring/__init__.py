"""What every target has to connect: remote stores and their secrets, requests for resources, recurrences."""
