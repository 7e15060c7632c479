"""Every error that this package raises on purpose, in one tree.

    ChartingError
    ├── AtlasDiffers           a mark was made on another release of the body maps
    ├── BadRequest             what was sent cannot be read as what it should be
    │   ├── TooLarge           and would not be read to its end
    │   └── WeakPassword       a password that is too short, or among the first that are guessed
    ├── BodyMapUnusable        an asset is missing, damaged, or contradicts the others
    │   └── AtlasTooNew        the assets were made for a later release of this program
    ├── ChainBroken            the record has been changed behind the program's back
    ├── ChartFailed            a chart could not be made
    ├── Conflict               what was asked for no longer fits what is stored
    │   ├── AlreadyThere       an id, a record number or a sign-in name that is taken
    │   ├── CommandReused      a command's id came back with other content
    │   ├── DetailsChanged     someone else has changed these details since they were read
    │   ├── MarkChanged        someone else has changed this mark since it was read
    │   └── StaleRevision      someone else has saved this since it was read
    ├── NotAPlace              a coordinate or a distance that cannot be meant
    ├── NotAllowed             this member of staff may not do this
    ├── NotFound               an id that the record does not hold
    │   ├── CourseNotFound
    │   ├── MarkNotFound
    │   ├── PatientNotFound
    │   ├── SessionNotFound
    │   ├── SolutionNotFound
    │   ├── StaffNotFound
    │   └── Unknown            an address under which the interface has nothing
    ├── NotInAtlas             a name that the atlas does not know
    │   ├── UnknownFigure
    │   ├── UnknownRegion
    │   ├── UnknownSite
    │   ├── UnknownStructure
    │   └── UnknownView
    ├── NotReadyToSign         marks that are still on their way, or a count that differs
    │   ├── LimitPassed        a limit of the clinic is passed, and nobody has said why
    │   └── MoreThanPrepared   more of a solution was given than was made up
    ├── OffBodyMap             a tap that did not land on the figure
    ├── SessionFull            a session holds no more of this
    ├── SessionSealed          the session is signed; only an amendment can change it
    ├── SignInNeeded           nobody is signed in, or no longer
    │   ├── Locked             nobody has used this login for a while, and it waits for the password
    │   ├── TooManyTries       signing in is slowed down after several wrong passwords
    │   └── WrongSignIn        the name and the password do not fit
    ├── StoreUnusable          the store is missing, damaged, of another release, or set up unsafely
    │   ├── StoreFull          there is no room to write
    │   └── WrongKey           the key does not open the store
    └── WrongSide              a site that lies on the other side of the body than the mark

Messages hold the facts one needs to act, in lower case and without a full stop, and never a patient's name.
What a person reads is the class's ``sentence``: what happened, that the record is safe, and what to do.
"""

from __future__ import annotations

import re


class ChartingError(Exception):
    """The root of every error this package raises on purpose.

    ``code`` is stable and belongs to the interface; ``sentence`` is what a person reads.
    """

    code = "refused"
    sentence = "This was refused. Nothing was changed."

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        cls.code = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


class BodyMapUnusable(ChartingError):
    """An asset is missing, damaged, or contradicts the others; the program does not start with it."""

    sentence = "The body map could not be read. Marks are safe; tell whoever runs this tool."


class AtlasTooNew(BodyMapUnusable):
    """The assets were made for a later release of this program than the one that reads them."""

    sentence = "The body maps are of a later release than this program. Marks are safe; update the program."


class NotInAtlas(ChartingError):
    """A name that the atlas does not know."""

    sentence = "The body maps do not hold what was asked for."


class UnknownFigure(NotInAtlas):
    """The atlas has no figure of this name."""

    sentence = "The body maps have no such figure."


class UnknownRegion(NotInAtlas):
    """The figure has no views of a region of this name."""

    sentence = "The body maps have no such region."


class UnknownSite(NotInAtlas):
    """The figure has no site of this name."""

    sentence = "The body maps have no such site. The mark was not changed; choose a site from the list."


class UnknownStructure(NotInAtlas):
    """The atlas has no structure of this name."""

    sentence = "The body maps have no such structure."


class UnknownView(NotInAtlas):
    """The figure has no view of this name."""

    sentence = "The body maps have no such view."


class NotAPlace(ChartingError, ValueError):
    """A coordinate or a distance is not a finite number of millimetres near the body.

    Also a ValueError, so that a payload with such a place in it is refused by pydantic like any bad field.
    """

    sentence = "That is not a place on the body map. Nothing was stored; mark it again."


class OffBodyMap(ChartingError):
    """A tap did not land on the figure."""

    sentence = "That is beside the figure. Nothing was stored; mark it again on the body."


class AtlasDiffers(ChartingError):
    """A mark was made on another release of the body maps than the server has."""

    sentence = (
        "This page shows an older release of the body maps. Marks already stored are safe; reload the page."
    )


class NotFound(ChartingError):
    """An id that the record does not hold."""

    sentence = "The record does not hold this."


class CourseNotFound(NotFound):
    """The record holds no course of this id."""

    sentence = "There is no such course."


class MarkNotFound(NotFound):
    """A command names a mark the session does not hold."""

    sentence = "That mark is not in this session."


class PatientNotFound(NotFound):
    """The record holds no patient of this id."""

    sentence = "There is no such patient."


class SessionNotFound(NotFound):
    """The record holds no session of this id."""

    sentence = "There is no such session."


class SolutionNotFound(NotFound):
    """A session has no solution of this id."""

    sentence = "That solution is not on this session's tray. Nothing was changed; choose a solution."


class StaffNotFound(NotFound):
    """The clinic has no member of staff of this id."""

    sentence = "There is no such member of staff."


class Unknown(NotFound):
    """The interface has nothing under this address."""

    sentence = "The interface has nothing under this address."


class Conflict(ChartingError):
    """What was asked for no longer fits what is stored."""

    sentence = "The record has changed meanwhile. Nothing was overwritten."


class AlreadyThere(Conflict):
    """An id, a record number or a sign-in name that is taken."""

    sentence = "That is taken already. Nothing was changed."


class CommandReused(Conflict):
    """A command's id came back with other content; what was stored first stands."""

    sentence = "A step was sent twice with different content. What was stored first stands; reload the page."


class DetailsChanged(Conflict):
    """Someone else has changed these details since they were read."""

    sentence = (
        "Someone else has changed this meanwhile. Nothing was overwritten; look at it and change it again."
    )


class MarkChanged(Conflict):
    """Someone else has changed this mark since it was read; ``present`` is what it is now."""

    sentence = "Someone else has changed this mark meanwhile. Nothing was overwritten; this is how it is now."

    def __init__(self, facts: str, present: object = None) -> None:
        super().__init__(facts)
        self.present = present


class StaleRevision(Conflict):
    """Someone else has saved this since it was read."""

    sentence = (
        "Someone else has saved this meanwhile. Nothing was overwritten; look at it and change it again."
    )


class SessionSealed(ChartingError):
    """The session is signed; only an amendment can change it."""

    sentence = "This session is signed and cannot be changed any more."


class SessionFull(ChartingError):
    """A session holds no more of this."""

    sentence = "This session holds as many as it can. Nothing was lost; go on in another session."


class NotReadyToSign(ChartingError):
    """Marks are still on their way, or the count differs from what the signer saw."""

    sentence = (
        "Not signed: what you saw is not yet what is stored. Wait until all marks are saved, look "
        "again, and sign."
    )


class LimitPassed(NotReadyToSign):
    """A limit of the clinic is passed, and nobody has said why."""

    sentence = (
        "A limit of the clinic is passed. Nothing was signed; say why on the review page, or change what was "
        "given."
    )


class MoreThanPrepared(NotReadyToSign):
    """More of a solution was given than was made up."""

    sentence = (
        "More of a solution was given than was prepared. Nothing was signed; correct the volume prepared, or "
        "what was given."
    )


class BadRequest(ChartingError):
    """What was sent cannot be read as what it should be."""

    sentence = "What was sent cannot be read. Nothing was stored."


class TooLarge(BadRequest):
    """What was sent is larger than anything that is meant here."""

    sentence = "What was sent is too large. Nothing was stored."


class WeakPassword(BadRequest):
    """A password that is too short, or among the first that are guessed; ``sentence`` says which."""

    sentence = "This password is too easy to guess. The one before still holds."

    def __init__(self, facts: str, sentence: str) -> None:
        super().__init__(facts)
        self.sentence = sentence


class NotAllowed(ChartingError):
    """This member of staff may not do this."""

    sentence = "Your role does not allow this. Nothing was changed."


class SignInNeeded(ChartingError):
    """Nobody is signed in, or no longer."""

    sentence = "You are not signed in any more. Marks on this device are kept; sign in again."


class Locked(SignInNeeded):
    """Nobody has used this login for a while; it goes on once its password is given again."""

    sentence = (
        "Locked, because nobody has used this for a while. Marks on this device are kept; unlock to go on."
    )


class WrongSignIn(SignInNeeded):
    """The name and the password do not fit."""

    sentence = "The name and the password do not fit."


class TooManyTries(SignInNeeded):
    """Signing in is slowed down after several wrong passwords; ``wait_s`` is for how many seconds yet."""

    sentence = "Too many wrong passwords. Wait a little and try again."

    def __init__(self, facts: str, wait_s: int = 1) -> None:
        super().__init__(facts)
        self.wait_s = wait_s


class StoreUnusable(ChartingError):
    """The store is missing, damaged, of another release, or set up unsafely."""

    sentence = "The record cannot be reached. Marks on this device are kept; tell whoever runs this tool."


class StoreFull(StoreUnusable):
    """There is no room to write, or the disk is read-only."""

    sentence = (
        "The server has no room left to store this. What is stored is safe, and marks on this "
        "device are kept; tell whoever runs this tool."
    )


class WrongKey(StoreUnusable):
    """The key does not open the store."""

    sentence = "The key does not open the store."


class ChainBroken(ChartingError):
    """The record has been changed behind the program's back."""

    sentence = "The record does not fit its seal. Tell whoever runs this tool before using it."


class ChartFailed(ChartingError):
    """A chart could not be made."""

    sentence = "The chart could not be made. The record is safe; try again, or tell whoever runs this tool."


class WrongSide(ChartingError):
    """A site was chosen that lies on the other side of the body than the mark."""

    sentence = (
        "That site is on the other side of the body. Nothing was changed; choose a site on the mark's side."
    )
