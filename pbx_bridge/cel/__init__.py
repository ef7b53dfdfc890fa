# SPDX-License-Identifier: Apache-2.0
"""The second witness: Asterisk's own file of channel events (CEL), followed and folded into calls."""
