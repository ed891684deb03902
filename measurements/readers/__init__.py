"""File formats, one small file each; `registry` lists them and finds those that users install."""
