"""A local Google Workspace over HTTP: Drive, Sheets, Forms, Gmail, Directory and Pub/Sub answered from memory."""
