# SPDX-License-Identifier: Apache-2.0
"""Backups: taken while calls run, verified by opening, restored elsewhere."""
