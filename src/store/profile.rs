//! Profiles of the AWS tools: `~/.aws/credentials` and `~/.aws/config`.
//!
//! They are asked where the environment has no credentials of its own. A profile with keys is used; one that gets its
//! credentials from another program is refused by name, for otherwise the request would go out as somebody else.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use configparser::ini::Ini;

/// Credentials and settings of a profile.
#[derive(Default)]
pub(super) struct Profile {
    /// Access key, secret, and token if they are temporary.
    pub(super) keys: Option<(String, String, Option<String>)>,
    pub(super) region: Option<String>,
    pub(super) endpoint: Option<String>,
}

/// The values of a section.
type Values = HashMap<String, Option<String>>;

/// What a profile can have in place of keys.
const ELSEWHERE: [&str; 6] =
    ["credential_process", "credential_source", "role_arn", "sso_session", "sso_start_url", "login_session"];
/// Variables that have credentials, or say where they are.
const CREDENTIALS: [&str; 6] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_SKIP_SIGNATURE",
];

/// The profile that the environment chooses; `variable` gives the value of a variable. The default profile need not be there.
///
/// # Errors
/// What is wrong with the profile or its file, without any value of it.
pub(super) fn profile(
    variable: impl Fn(&str) -> Option<String>,
    home: Option<&Path>,
) -> Result<Profile, String> {
    let chosen = variable("AWS_PROFILE").filter(|name| !name.is_empty());
    let has = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
    let is_given = match &chosen {
        // Keys of the environment come before a profile, and other ways after one that was chosen.
        Some(_) => has(CREDENTIALS[0]),
        None => CREDENTIALS.into_iter().any(has),
    };
    if is_given {
        return Ok(Profile::default());
    }
    let name = chosen.as_deref().unwrap_or("default");
    let file = |variable_name: &str, at_home: &str| -> Option<PathBuf> {
        variable(variable_name).map(PathBuf::from).or(home.map(|home| home.join(".aws").join(at_home)))
    };
    let credentials = section(file("AWS_SHARED_CREDENTIALS_FILE", "credentials"), name)?;
    let in_config = if name == "default" { name.to_owned() } else { format!("profile {name}") };
    let config = section(file("AWS_CONFIG_FILE", "config"), &in_config)?;
    if credentials.is_none() && config.is_none() && chosen.is_some() {
        return Err(format!("AWS_PROFILE: there is no profile {name:?}; choose another or unset it"));
    }
    let value = |key: &str| {
        let sections = [&credentials, &config].into_iter().flatten();
        let values = sections.filter_map(|section| section.get(key)?.as_deref()).map(str::trim);
        values.filter(|value| !value.is_empty()).map(str::to_owned).next()
    };
    let keys = value("aws_access_key_id").zip(value("aws_secret_access_key"));
    if let (None, Some(key)) = (&keys, ELSEWHERE.into_iter().find(|key| value(key).is_some())) {
        return Err(format!(
            "the profile {name:?} has no keys but {key}, which is not read here; export its credentials as variables, with \
             `aws configure export-credentials`"
        ));
    }
    Ok(Profile {
        keys: keys.map(|(key, secret)| (key, secret, value("aws_session_token"))),
        region: value("region"),
        endpoint: value("endpoint_url"),
    })
}

/// The values of a section of a file, by name; none if there is no such section.
fn section(file: Option<PathBuf>, name: &str) -> Result<Option<Values>, String> {
    let Some(file) = file else { return Ok(None) };
    let text = match fs::read_to_string(&file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        read => read.map_err(|error| format!("{}: it cannot be read: {error}", file.display()))?,
    };
    // The reader's own message may repeat a line.
    let sections = Ini::new_cs().read(text);
    let mut sections =
        sections.map_err(|_| format!("{}: this is not the form of such a file", file.display()))?;
    Ok(sections.remove(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREDENTIALS: &str = "\
[default]
aws_access_key_id = K1
aws_secret_access_key = s/+=1
# a comment
[work]
aws_access_key_id=K2
aws_secret_access_key=s2
aws_session_token=t2
";
    const CONFIG: &str = "\
[default]
region = eu-north-1
s3 =
    max_concurrent_requests = 20
[profile work]
region = us-west-2
endpoint_url = https://store.example
[profile login]
sso_session = x
";

    fn with(variables: &[(&str, &str)]) -> Result<Profile, String> {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join(".aws")).unwrap();
        fs::write(home.path().join(".aws/credentials"), CREDENTIALS).unwrap();
        fs::write(home.path().join(".aws/config"), CONFIG).unwrap();
        fs::write(home.path().join("broken"), "[x\nsecret").unwrap();
        let broken = home.path().join("broken").display().to_string();
        let variable = |name: &str| {
            let found = variables.iter().find(|(key, _)| *key == name)?.1;
            Some(if found == "BROKEN" { broken.clone() } else { found.to_owned() })
        };
        profile(variable, Some(home.path()))
    }

    #[test]
    fn the_chosen_profile_is_read_where_the_environment_has_no_keys() {
        let default = with(&[]).unwrap();
        assert_eq!(default.keys.unwrap(), ("K1".to_owned(), "s/+=1".to_owned(), None));
        assert_eq!(default.region.unwrap(), "eu-north-1");
        let work = with(&[("AWS_PROFILE", "work")]).unwrap();
        assert_eq!(work.keys.unwrap(), ("K2".to_owned(), "s2".to_owned(), Some("t2".to_owned())));
        assert_eq!(work.endpoint.unwrap(), "https://store.example");
        for given in
            ["AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI"]
        {
            assert!(with(&[(given, "x")]).unwrap().keys.is_none(), "{given}");
        }
        assert!(with(&[("AWS_PROFILE", "work"), ("AWS_ACCESS_KEY_ID", "x")]).unwrap().keys.is_none());
        assert!(
            with(&[("AWS_PROFILE", "work"), ("AWS_WEB_IDENTITY_TOKEN_FILE", "x")]).unwrap().keys.is_some()
        );
        assert!(profile(|_| None, None).unwrap().keys.is_none());
    }

    #[test]
    fn what_cannot_be_used_is_refused_without_its_values() {
        for (variables, what) in [
            (&[("AWS_PROFILE", "none")][..], "no profile \"none\""),
            (&[("AWS_PROFILE", "login")], "has no keys but sso_session"),
            (&[("AWS_SHARED_CREDENTIALS_FILE", "BROKEN")], "not the form"),
        ] {
            let error = with(variables).err().unwrap();
            assert!(error.contains(what) && !error.contains("secret"), "{error}");
        }
    }
}
