# SPDX-License-Identifier: Apache-2.0
"""Lists: filters, sort and columns of an address, one mechanism for all."""
