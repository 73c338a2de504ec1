"""The portal in a real Chromium: the running instance, its people, and what every page must hold."""
