# SPDX-License-Identifier: Apache-2.0
"""Where a call goes and why: facts, an ordered rule set, a decision with its trace."""
