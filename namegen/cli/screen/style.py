"""How the screen looks: the terminal's own ground and colours, and what gives way where it is small."""

BREAKPOINTS_ACROSS = [(0, "-narrow"), (76, "-medium"), (110, "-wide")]
BREAKPOINTS_DOWN = [(0, "-low"), (20, "-high")]

STYLE = """
Screen { background: ansi_default; color: ansi_default; layout: vertical; overflow: hidden; }
#title { height: 1; margin-bottom: 1; }
#fields { layout: grid; grid-size: 2; grid-columns: auto 1fr; grid-rows: 1; grid-gutter: 0 2; height: 2; }
.row { height: 1; width: 1fr; }
.label { width: auto; height: 1; margin-right: 1; text-style: dim; }
Field { width: 14; margin-right: 2; text-style: bold; }
#min_length, #max_length { width: 4; margin-right: 1; }
#max_length { margin-right: 3; }
#temperature { width: 6; margin-right: 0; }
Choice { width: 6; height: 1; text-style: bold; }
Choice:focus { text-style: bold reverse; }
Field, Field:focus { background: ansi_default; background-tint: ansi_default 0%; }
.label.-here { text-style: bold; color: ansi_cyan; }
#middle { height: 1fr; margin: 1 0; }
#names { width: 1fr; height: 1fr; }
#kept-list { width: 30; height: 1fr; padding-left: 2; margin-left: 2; border-left: solid ansi_bright_black; }
#letters { height: 3; }
#kept-line { height: 1; margin-top: 1; }
#message { height: auto; min-height: 1; max-height: 4; }
#keys-line { height: 1; }
#last-line { height: 1; }
#leaving { width: auto; }
#help { width: auto; margin-left: 2; display: none; }
#keys { width: 74; max-width: 100%; height: auto; max-height: 100%; padding: 0 2;
        background: ansi_default; border: round ansi_bright_black; scrollbar-size-vertical: 1; }
#keys > Static { height: auto; }
#closing { margin-top: 1; }
KeysScreen { align: center middle; background: ansi_default; }

.-wide #fields { grid-size: 3; grid-columns: auto auto 1fr; height: 1; }
.-wide .row { width: auto; }
.-wide #kept-line { display: none; }
.-medium #kept-list, .-narrow #kept-list { display: none; }
.-medium .row { width: auto; }
.-medium Field { width: 13; }

.-narrow #fields { grid-size: 1; grid-columns: 1fr; height: 3; }
.-narrow Field { width: 1fr; margin-right: 1; }
.-narrow #min_length, .-narrow #max_length { width: 4; }
.-narrow #temperature { width: 5; margin-right: 0; }
.-narrow #max_length { margin-right: 1; }
.-narrow #keys-line { display: none; }

.-low #title, .-low #message.-empty, .-low #keys-line { display: none; }
.-low #middle { margin: 0; }
.-low #help { display: block; }
.-narrow #help { display: block; }
.-low #letters { height: 2; }
.-low #kept-line { margin-top: 0; }
"""
