"""The injector: chooses which fault strikes where and when, so that the loop has something to heal."""
