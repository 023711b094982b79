"""What a person can put right about accounts, roles, tokens and links."""

from __future__ import annotations

from forms.errors import N_, Conflict, Denied, Invalid, NotFound, Unauthenticated, Unsupported


class RoleNotFound(NotFound):
    text = N_("There is no role {role}.")
    code = 404.1


class ActorNotFound(NotFound):
    text = N_("There is nobody with the number {actor_id} here who could have this role.")
    code = 404.1


class AssignmentNotFound(NotFound):
    text = N_("There is no such role to take away.")
    code = 404.1


class AssignmentTaken(Conflict):
    text = N_("This role was given before.")
    code = 409.3


class RoleOutOfReach(Denied):
    text = N_("You may not give or take this role. Ask an administrator.")
    code = 403.1


class RoleOfEverywhere(Invalid):
    text = N_("The role {role} holds on the whole server: give it there.")


class Oneself(Conflict):
    text = N_("You cannot take this from yourself. Ask another administrator.")


class LastAdministrator(Conflict):
    text = N_("This is the last administrator. Make another one first.")


class SessionNotFound(NotFound):
    text = N_("There is no session to end or to go on with.")
    code = 404.1


class ApiTokenNotFound(NotFound):
    text = N_("There is no API token {number}.")
    code = 404.1


class ApiTokenNeedsPerson(Denied):
    text = N_("An API token cannot do this. Sign in with your password.")
    code = 403.1


class ScopeUnknown(Invalid):
    text = N_("There is no scope {scope}. Choose one of: {scopes}.")


class ExpiryInvalid(Invalid):
    text = N_("A token ends on a day in the future, at most {days} days from now.")


class PublicLinkNotFound(NotFound):
    text = N_("There is no link {actor_id} to this form.")
    code = 404.1


class LinkUsed(Denied):
    text = N_("This link is for one answer, and it was used before. Thank you for taking part!")


class LinkCannotEdit(Denied):
    text = N_("Answers that came through a link cannot be changed through it.")
    code = 403.1


class SlipsNeedOnce(Conflict):
    text = N_("Slips are made for links that are good for one answer each. This link is good for many.")


class SlipsTooMany(Invalid):
    text = N_("Make from 1 to {most} slips at a time.")


class ResetInvalid(NotFound):
    text = N_("This link was used before or is too old. Ask the administrator for a new one.")
    code = 404.1


class NoMail(Unsupported):
    text = N_("This server sends no mail. An administrator can hand over a link to a new password.")
    code = 501.1


class SignInStale(Unauthenticated):
    text = N_("Please sign in once more.")
    code = 401.2


class FormOfAnotherSite(Denied):
    text = N_("This change was asked for by a page of another site, so it was not made.")
    code = 403.1


class ActorPropertyNameInvalid(Invalid):
    text = N_(
        "A property cannot be named {value}: a name begins with a letter, has letters, digits, _ - and dots, "
        "and is not name, label or displayName."
    )
    code = 400.8


class ActorPropertyTaken(Conflict):
    text = N_("This project has a property {name} already.")
    code = 409.3


class ActorPropertyUnknown(Invalid):
    text = N_("This project has no property {value} of phones and links. Add it first.")
    code = 400.8


class ActorPropertyValueInvalid(Invalid):
    text = N_("A property has one text as its value, or none: {value} is neither.")
    code = 400.8


class LastProject(Conflict):
    text = N_("This is the only project here. Make another one first.")


class ProjectHasRounds(Conflict):
    text = N_(
        "A round of evaluation was held in this project ({round_id}), so it cannot be deleted. "
        "Archive it instead."
    )


class ProjectNameDiffers(Invalid):
    text = N_("This is not the name of the project, so nothing was deleted. Write it as it stands there.")


class FormsListDiffers(Unsupported):
    text = N_("Forms are neither made nor deleted here. Name every form of the project, and no other.")
    code = 501.2


class FormTwice(Invalid):
    text = N_("The form {value} is named twice.")
    code = 400.8


class AssignmentIncomplete(Invalid):
    text = N_("To give a role in a form, say which role (roleId) and to whom (actorId).")
    code = 400.2


class NoSuchNumber(Invalid):
    text = N_("There is nothing with the number {value} that could be the {field} here.")
    code = 400.14


class PreferenceValueMissing(Invalid):
    text = N_("What is to be kept has to be sent as {property}.")
    code = 400.23


class PreferenceUnexpected(Invalid):
    text = N_("Send {expected} alone; this was sent: {actual}.")
    code = 400.33


class PreferenceNotFound(NotFound):
    text = N_("Nothing is kept under the name {name}.")
    code = 404.1


class PreferenceNameTooLong(Invalid):
    text = N_("A name under which something is kept has at most {most} letters.")
    code = 400.13


class PreferencesTooMany(Conflict):
    text = N_("At most {most} settings are kept for one person. Remove some first.")


class CredentialsIncomplete(Invalid):
    text = N_("To sign in, an e-mail and a password are needed.")
    code = 400.3


class BasicNeedsHttps(Unauthenticated):
    text = N_("A name and a password are taken only over https, where nobody on the way can read them.")
    code = 401.3


class TokenMalformed(Unauthenticated):
    text = N_(
        "The settings code on this phone is damaged. Ask your coordinator for the code and scan it again."
    )
    code = 401.2


class TokenUnknown(Denied):
    text = N_("The settings code on this phone is not valid any more. Ask your coordinator for a new one.")
    code = 403.1


class CsrfMissing(Denied):
    text = N_("This page has become old. Go back, load it again, and repeat what you did.")
    code = 403.1
