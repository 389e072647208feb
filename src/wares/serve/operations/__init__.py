"""Keeping the shop running: metrics, health, logs, traces, backup."""
