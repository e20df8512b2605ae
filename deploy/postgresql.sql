-- Le rôle du portail ne peut ni réécrire ni vider le journal et le registre, même si quelqu’un prend sa place.
-- `elus_owner` possède les tables et ne sert qu’à `elus init` et `elus migrate` ; `elus` est le rôle de tous les jours (ELUS_DATABASE_URL).
-- À lancer par elus_owner après `elus init` et après chaque `elus migrate` : psql -d elus -f deploy/postgresql.sql
-- Les déclencheurs refusent déjà ces ordres ; le rôle `elus`, qui ne possède rien, ne peut pas les retirer.

GRANT USAGE ON SCHEMA public TO elus;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO elus;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO elus;

REVOKE UPDATE, TRUNCATE ON journal_entry FROM elus;             -- effacer reste possible après douze mois, le déclencheur y veille
REVOKE UPDATE, DELETE, TRUNCATE ON register_event FROM elus;    -- jamais
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON alembic_version FROM elus;
