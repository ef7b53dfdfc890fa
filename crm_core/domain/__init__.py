# SPDX-License-Identifier: Apache-2.0
"""What the product knows: dataclasses and functions. No I/O, no clock, no logging, no await."""
