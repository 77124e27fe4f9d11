"""How a program of an office reaches a running service over HTTP; knows the public interface and nothing behind it."""
