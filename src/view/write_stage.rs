//! The stages of the dialog that asks before anything is changed.

/// What the dialog shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// Nothing: it is closed.
    #[default]
    Closed,
    /// The number of pods is asked for.
    Number {
        /// What is scaled.
        workload: String,
        /// How many pods it has now.
        from: i64,
        /// Why what was written is no number of pods; empty where it is one.
        error: String,
    },
    /// Something is on its way.
    Busy(&'static str),
    /// All has been asked; the user decides.
    Confirm {
        /// What is asked.
        question: String,
        /// What will come of it.
        consequences: Vec<String>,
        /// What stands on the button.
        label: String,
        /// The value of its `data-write`.
        slug: &'static str,
    },
    /// It cannot be done, or need not be.
    Refused {
        /// In short.
        title: &'static str,
        /// Why.
        words: String,
    },
}

impl Stage {
    /// It cannot be done.
    #[must_use]
    pub fn refused(words: String) -> Self {
        Self::Refused {
            title: "Not possible",
            words,
        }
    }

    /// The same stage with a complaint about the number; another one has none.
    #[must_use]
    pub fn complaining(self, words: String) -> Self {
        match self {
            Self::Number { workload, from, .. } => Self::Number {
                workload,
                from,
                error: words,
            },
            other => other,
        }
    }

    /// The value of `data-stage`; `None` while the dialog is closed.
    #[must_use]
    pub fn slug(&self) -> Option<&'static str> {
        match self {
            Self::Closed => None,
            Self::Number { .. } => Some("number"),
            Self::Busy(_) => Some("busy"),
            Self::Confirm { .. } => Some("confirm"),
            Self::Refused { .. } => Some("refused"),
        }
    }

    /// The heading of the dialog.
    #[must_use]
    pub fn title(&self) -> String {
        match self {
            Self::Closed => String::new(),
            Self::Busy(_) => "One moment".to_owned(),
            Self::Refused { title, .. } => (*title).to_owned(),
            Self::Number { workload, .. } => format!("Scale the {workload}"),
            Self::Confirm { question, .. } => question.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(error: &str) -> Stage {
        Stage::Number {
            workload: "Deployment web".to_owned(),
            from: 3,
            error: error.to_owned(),
        }
    }

    #[test]
    fn a_wrong_number_stays_in_its_field() {
        let complaining = number("").complaining("Write a number.".to_owned());
        assert_eq!(complaining, number("Write a number."));
        assert_eq!(complaining.title(), "Scale the Deployment web");
        // What is confirmed meanwhile is not touched by it.
        let busy = Stage::Busy("Sent. Waiting for the API server…");
        assert_eq!(busy.clone().complaining("Write a number.".to_owned()), busy);
    }

    #[test]
    fn a_closed_dialog_has_no_stage() {
        assert_eq!(
            (Stage::default().slug(), Stage::default().title()),
            (None, String::new())
        );
        assert_eq!(Stage::refused("Why.".to_owned()).title(), "Not possible");
    }
}
