# SPDX-License-Identifier: Apache-2.0
"""A private Asterisk: found or fetched, configured in a directory of its own, started and stopped."""
