"""Text for people, and the one document for programs; nothing here knows the solver."""
