//! Where jobs are kept: a SQLite file, or a PostgreSQL database.

use super::{Settings, SettingsError};
use crate::error::Error;
use comfyctl_client::Error as ClientError;
use comfyctl_client::{ErrorKind as ClientErrorKind, SecretReference};
use secrecy::{ExposeSecret, SecretString};
use std::path::{Path, PathBuf};
use url::Url;

/// Where jobs are kept. Shows no password.
#[derive(Debug, Clone)]
pub enum StoreLocation {
    /// A file of this machine.
    Sqlite(PathBuf),
    /// A database, by its URL with user and password.
    Postgres(SecretString),
}

impl Settings {
    /// Where jobs are kept: as `store.url` says, else in `jobs.db` of the data folder. References
    /// are resolved.
    pub fn store_location(&self, data_folder: &Path) -> Result<StoreLocation, Error> {
        let store = &self.values.store;
        let Some(url) = &store.url else {
            return Ok(StoreLocation::Sqlite(data_folder.join("jobs.db")));
        };
        let unresolved = |error| ClientError::from(ClientErrorKind::Credentials(error));
        let url = url.resolve().map_err(unresolved)?;
        if let Some(file) = url.expose_secret().strip_prefix("sqlite:") {
            return Ok(StoreLocation::Sqlite(
                super::folder_of(&self.file).join(file),
            ));
        }
        let password = store.password.as_ref().map(SecretReference::resolve);
        let password = password.transpose().map_err(unresolved)?;
        let url = postgres_url(url.expose_secret(), password.as_ref());
        url.map(StoreLocation::Postgres).map_err(|problem| {
            let origin = self
                .layers
                .origin(&super::SettingPath::of(&["store", "url"]));
            let origin = match origin {
                Some(origin) => origin.to_string(),
                None => format!("the settings file `{}`", self.file.display()),
            };
            SettingsError::InvalidValue {
                origin,
                message: format!("`store.url`: {problem}"),
            }
            .into()
        })
    }
}

fn postgres_url(url: &str, password: Option<&SecretString>) -> Result<SecretString, &'static str> {
    const WANTED: &str = "it is neither `sqlite:PATH` nor `postgres://USER@HOST/DATABASE`";
    let mut url = Url::parse(url).map_err(|_| WANTED)?;
    if !matches!(url.scheme(), "postgres" | "postgresql") {
        return Err(WANTED);
    }
    if let Some(password) = password {
        url.set_password(Some(password.expose_secret()))
            .map_err(|()| WANTED)?;
    }
    Ok(url.to_string().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::UpperLayers;
    use crate::settings::reading::Source;

    fn location(store: &str) -> Result<StoreLocation, Error> {
        let text = format!(r#"{{"store": {store}}}"#);
        let file = Path::new("/etc/comfy/settings.json");
        let settings =
            Settings::from_source(file, Source::Text(text), UpperLayers::default()).unwrap();
        settings.store_location(Path::new("/data"))
    }

    fn sqlite(store: &str) -> PathBuf {
        match location(store).unwrap() {
            StoreLocation::Sqlite(path) => path,
            StoreLocation::Postgres(_) => panic!("not a file"),
        }
    }

    #[test]
    fn jobs_are_kept_in_a_file_unless_the_settings_say_otherwise() {
        assert_eq!(sqlite("{}"), Path::new("/data/jobs.db"));
        assert_eq!(
            sqlite(r#"{"url": "sqlite:jobs.db"}"#),
            Path::new("/etc/comfy/jobs.db")
        );
        assert_eq!(
            sqlite(r#"{"url": "sqlite:/srv/jobs.db"}"#),
            Path::new("/srv/jobs.db")
        );
    }

    #[test]
    fn the_password_of_a_database_may_stand_elsewhere() {
        let store = r#"{"url": "postgres://me@db/jobs", "password": "p@ss"}"#;
        let StoreLocation::Postgres(url) = location(store).unwrap() else {
            panic!("a file")
        };
        assert_eq!(url.expose_secret(), "postgres://me:p%40ss@db/jobs");
        assert!(!format!("{:?}", location(store)).contains("p%40ss"));
    }

    #[test]
    fn another_database_is_refused_without_its_password() {
        let error = location(r#"{"url": "mysql://me:s3cret@db/jobs"}"#).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the settings file `/etc/comfy/settings.json` is wrong: `store.url`: it is neither \
             `sqlite:PATH` nor `postgres://USER@HOST/DATABASE`"
        );
    }
}
