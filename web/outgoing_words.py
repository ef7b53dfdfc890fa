# SPDX-License-Identifier: Apache-2.0
"""What is said of mail, webhooks and push in English elsewhere, for the catalogues; pages show it translated."""

from typing import Final

from web.words import N_

TOLD: Final = (
    N_("This is not an e-mail address."),
    N_("this is not the name of a server"),
    N_("a port is a number from 1 to 65535"),
    N_("A webhook's address begins with https:// or http:// and holds no user name or password."),
    N_("choose at least one event"),
    N_("there are as many webhooks as there may be: remove one first"),
    N_("There is no such webhook."),
    N_("There is no such delivery any more."),
    N_("This is not what a browser says of its push service."),
    N_("no mail server is set"),
    N_("the password cannot be read any more: set it again"),
    N_("the secret cannot be read any more: make a new one"),
    N_("the webhook was switched off"),
    N_("no answer within 10 seconds"),
    N_("the address is within a private network: that is not allowed here"),
    N_("it took too long"),
    N_("too late: it is no news any more"),
    N_("the device was taken off"),
    N_("the browser has unsubscribed: the device is taken off"),
    N_("the browser's keys are not valid"),
    N_("our push key cannot be read any more"),
)
