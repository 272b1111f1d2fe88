"""The whole product on one machine: serve, demo, play. Starts the emulator and the functions as processes, imports neither."""
