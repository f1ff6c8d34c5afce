"""Where Discord is reached: the one place that points discord.py, which has no option for it, at other hosts.

The settings' addresses come in; they hold for every client of this process from then on.
"""

from __future__ import annotations

from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import yarl
from discord import VoiceClient
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bots.discord.tolerance import read_any_json
from core.settings import DiscordSettings


def point_at(settings: DiscordSettings) -> None:
    """Before a client is made; which then does not warn either that there is nothing to speak with."""
    read_any_json()
    Route.BASE = settings.api_url
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.gateway_url)
    VoiceClient.warn_nacl = VoiceClient.warn_dave = False


def proxy_to(settings: DiscordSettings) -> str | None:
    """The proxy that the environment (HTTPS_PROXY, NO_PROXY, …) names for the API, for a client's `proxy`.

    discord.py takes the same one to the gateway, and none from the environment by itself.
    """
    address = urlsplit(settings.api_url)
    if proxy_bypass(address.hostname or ""):
        return None
    proxies = getproxies()
    return proxies.get(address.scheme) or proxies.get("all")
