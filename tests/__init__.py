"""Tests of the service; a package, since others ship one of the same name beside their libraries."""
