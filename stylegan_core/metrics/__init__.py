"""Measures of quality: functions on images or on features."""
