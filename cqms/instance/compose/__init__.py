"""What docker-compose.yml needs beside the image."""
