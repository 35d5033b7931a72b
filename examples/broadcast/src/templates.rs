//! The templates of the app: rendered by minijinja, with the `url_for` that Flask and Quart have.

use std::sync::Arc;

use axum::{http::StatusCode, response::Html};
use minijinja::{Environment, Error, ErrorKind, Value, context, path_loader, value::Kwargs};
use tidings_axum::Problem;

const TEMPLATES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/templates");

/// The files in `templates/`. One that is edited is read anew.
#[derive(Debug, Clone)]
pub(crate) struct Templates(Arc<Environment<'static>>);

impl Templates {
    pub(crate) fn new() -> Self {
        let mut environment = Environment::new();
        environment.set_loader(path_loader(TEMPLATES));
        environment.add_function("url_for", url_for);
        Self(Arc::new(environment))
    }

    /// The page that a template makes. An error in it is shown to who asks for the page: here that
    /// is who wrote it.
    pub(crate) fn render(&self, name: &str) -> Result<Html<String>, Problem> {
        let template = self.0.get_template(name);
        match template.and_then(|template| template.render(context! {})) {
            Ok(page) => Ok(Html(page)),
            Err(error) => {
                let status = StatusCode::INTERNAL_SERVER_ERROR;
                Err(Problem::new(status, error.to_string()))
            }
        }
    }
}

/// `url_for('static', filename='…')`: the path of a file in `static/`.
fn url_for(endpoint: &str, options: Kwargs) -> Result<Value, Error> {
    if endpoint != "static" {
        let unknown = format!("there is no endpoint `{endpoint}`, only `static`");
        return Err(Error::new(ErrorKind::InvalidOperation, unknown));
    }
    let filename: &str = options.get("filename")?;
    options.assert_all_used()?;
    // It comes from a template, not from outside: it needs no escaping.
    Ok(Value::from_safe_string(format!("/static/{filename}")))
}
