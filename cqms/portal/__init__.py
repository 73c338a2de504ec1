"""The portal's own pages: sign-in, Home, Inbox, timeline, trail exports, members, health."""
