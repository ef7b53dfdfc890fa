# SPDX-License-Identifier: Apache-2.0
"""TLS without a proxy: a given certificate, or one by our own small CA."""
