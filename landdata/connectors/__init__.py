"""How others are called: provinces' services, SFTP, stamping authorities, a running service; knows no database and no flow."""
