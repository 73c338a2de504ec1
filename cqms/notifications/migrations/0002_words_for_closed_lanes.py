from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='notification',
            name='closed_body',
            field=models.TextField(blank=True, default=''),
            preserve_default=False,
        ),
    ]
