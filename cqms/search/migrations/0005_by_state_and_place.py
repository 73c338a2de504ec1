from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('organizations', '0003_suspended'),
        ('search', '0004_alike_records'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='searchentry',
            index=models.Index(fields=['organization', 'kind', 'state'], name='search_by_state'),
        ),
        migrations.AddIndex(
            model_name='searchentry',
            index=models.Index(fields=['organization', 'anchor_kind', 'anchor_id', '-id'], name='search_at_place'),
        ),
    ]
