"""PyVista scenes, films and the matplotlib house style."""
