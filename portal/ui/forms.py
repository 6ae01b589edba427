"""How forms look: every field with its label, help and errors tied to it."""

from django.forms.renderers import TemplatesSetting


class BootstrapRenderer(TemplatesSetting):
    """Fields and forms rendered by ``templates/ui/``; ``{{ form }}`` is ready to use."""

    form_template_name = "ui/form.html"
    field_template_name = "ui/field.html"
