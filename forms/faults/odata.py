"""What can be wrong in a question of OData: its filter, its options, its addresses."""

from __future__ import annotations

from forms.errors import N_, Invalid, NotFound, Unsupported


class FilterInvalid(Invalid):
    text = N_("The filter cannot be read at character {at}: {found}")
    code = 400.18


class FilterTooLong(FilterInvalid):
    text = N_("The filter is longer or nested deeper than Baikoo takes. Ask for less at once.")


class FilterTypesDiffer(FilterInvalid):
    text = N_("The filter compares what cannot be compared, {left} with {right}, at character {at}.")


class FilterUnsupported(Unsupported):
    text = N_("A filter here cannot do this: {feature}, at character {at}.")
    code = 501.4


class FieldUnsupported(Unsupported):
    text = N_("There is nothing called {name} here that a filter or an order could use.")
    code = 501.5


class OptionUnsupported(Unsupported):
    text = N_("The tables of this form cannot do this: {feature}")
    code = 501.1


class ExpandUnsupported(Unsupported):
    text = N_('Only "$expand=*" is understood here, not {expand}.')
    code = 501.6


class SelectWithExpand(Unsupported):
    text = N_("$select and $expand cannot be asked for together.")
    code = 501.11


class PropertyNotFound(Invalid):
    text = N_("There is no property called {property} to select.")
    code = 400.23


class SelectUnsupported(Invalid):
    text = N_("The property {property} stands inside a repeat: select it in the table of the repeat.")
    code = 400.24


class SkiptokenInvalid(Invalid):
    text = N_("This $skiptoken was not made here. Begin again with the first page.")
    code = 400.35


class SkiptokenGone(Invalid):
    text = N_("The row this $skiptoken names is not there any more. Begin again with the first page.")
    code = 400.34


class TableNotFound(NotFound):
    text = N_("This form has no table {table}.")
    code = 404.1


class VersionTooOld(NotFound):
    text = N_("These tables speak OData 4.0, and not an older version.")
    code = 404.1


class RowNotFound(NotFound):
    text = N_("There is no row called {name} here.")
    code = 404.1
