"""A shop over HTTP, with the nouns of :class:`wares.shop.Shop`: :class:`Client` and :class:`AsyncClient`."""

from wares.client.answers import EventsReport, Found, Health, Page, Report, RowProblem
from wares.client.asynchronous import AsyncClient
from wares.client.jobs import Job
from wares.client.synchronous import Client

__all__ = ["AsyncClient", "Client", "EventsReport", "Found", "Health", "Job", "Page", "Report", "RowProblem"]
