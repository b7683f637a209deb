"""One whole story on embedded storage, with real reports about real packages."""
