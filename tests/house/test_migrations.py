"""The schema made by the migrations is the one the models describe, and it can be gone back from."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, text

import app.models  # noqa: F401  (fills the metadata)
from app.db import Base
from app.schema import configuration, migrate, migrate_down
from app.services import Services
from app.settings import Settings
from app.workflows.machines import ALL
from tests.factories import make_graduate, make_world, sign
from tests.support import assert_invariants

LEFT = text("""
    SELECT 'table ' || tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    UNION ALL SELECT 'function ' || proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = 'public'
    UNION ALL SELECT 'type ' || typname FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
        WHERE n.nspname = 'public' AND typtype IN ('e', 'd')
    UNION ALL SELECT 'sequence ' || sequencename FROM pg_sequences WHERE schemaname = 'public'
""")


def differences(engine: Engine) -> list[object]:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return list(compare_metadata(context, Base.metadata))


def test_the_migrations_make_what_the_models_describe(bare_database: str) -> None:
    engine = create_engine(bare_database)
    migrate(engine)
    assert differences(engine) == []
    with engine.connect() as connection:
        stored = {
            tuple(row) for row in connection.execute(text("SELECT machine, action, source, target FROM legal_step"))
        }
    assert stored == {tuple(step.values()) for machine in ALL for step in machine.legal_steps()}
    engine.dispose()


def test_every_migration_can_be_gone_back_from_and_come_to_again(bare_database: str) -> None:
    engine = create_engine(bare_database)
    revisions = [script.revision for script in ScriptDirectory.from_config(configuration()).walk_revisions()][::-1]
    for number, revision in enumerate(revisions):
        migrate(engine, revision)
        migrate_down(engine, revisions[number - 1] if number else "base")
        migrate(engine, revision)
    assert differences(engine) == []
    migrate_down(engine, "base")
    with engine.connect() as connection:
        assert connection.execute(LEFT).scalars().all() == []
    engine.dispose()


def test_there_is_one_line_of_migrations() -> None:
    script = ScriptDirectory.from_config(configuration())
    assert len(script.get_heads()) == 1 and len(script.get_bases()) == 1


def test_migrating_what_is_full_and_up_to_date_changes_nothing(services: Services, settings: Settings) -> None:
    world = make_world(services)
    sign(world, make_graduate(world))
    count = text("SELECT count(*), max(id) FROM event")
    with services.db.reading() as connection:
        before = connection.execute(count).one()
    migrate(services.db.engine)
    with services.db.reading() as connection:
        assert connection.execute(count).one() == before
    assert_invariants(services)


def test_several_processes_may_migrate_at_once(bare_database: str) -> None:
    from concurrent.futures import ThreadPoolExecutor

    engines = [create_engine(bare_database) for _ in range(3)]
    with ThreadPoolExecutor(len(engines)) as pool:
        list(pool.map(migrate, engines))
    assert differences(engines[0]) == []
    for engine in engines:
        engine.dispose()
