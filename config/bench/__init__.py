# SPDX-License-Identifier: Apache-2.0
"""What `rolodial bench` measures: one module for each figure, always beside its reference and in the same run."""
