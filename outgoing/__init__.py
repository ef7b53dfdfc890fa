# SPDX-License-Identifier: Apache-2.0
"""What goes out of the house: mail, webhooks and web push, delivered from the outbox."""
