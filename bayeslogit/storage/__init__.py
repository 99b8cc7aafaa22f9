"""Saved fits: one netCDF file each."""
