"""The demo: a clinic of invented patients, made through the desk so that logs and seals are real.

    protocols  where and how much: sites and volumes of published protocols, with their sources
    patients   who: a dozen invented people and their courses, in days before today
    making     how: one day after the other, each step as a browser would ask for it

Nothing of it is about anyone. What an invented doctor gave follows the published figures that are named with
it, or the usual syringe of the clinic; it recommends nothing.
"""

from charting.demo.making import ACCOUNTS, Account, make_demo

__all__ = ["ACCOUNTS", "Account", "make_demo"]
