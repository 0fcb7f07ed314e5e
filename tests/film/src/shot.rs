//! The list of pictures to take.

/// What an element must match before a still is taken, unless its line says otherwise: the connection is live, and pods
/// are there, as blocks, as chips or as cells of the map.
const LIVE: &str = "body:has(#connection[data-state=live]):has([data-pod], #map[data-zoom=map])";

/// See the [module](self).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shot<'l> {
    pub(crate) kind: Kind,
    pub(crate) name: &'l str,
    /// Size of the page in CSS pixels.
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// The end of the address.
    pub(crate) address: &'l str,
    /// A selector that matches when the page is ready.
    pub(crate) until: &'l str,
}

/// How the page is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Still,
    Film,
}

/// Reads a list. The error quotes the line that is wrong.
pub(crate) fn parse(list: &str) -> Result<Vec<Shot<'_>>, String> {
    let lines = list.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .map(|line| parse_line(line).ok_or_else(|| format!("not `still|film NAME WIDTHxHEIGHT ADDRESS`: {line}")))
        .collect()
}

fn parse_line(line: &str) -> Option<Shot<'_>> {
    let (kind, rest) = line.split_once(' ')?;
    let kind = match kind {
        "still" => Kind::Still,
        "film" => Kind::Film,
        _ => return None,
    };
    let (name, rest) = rest.split_once(' ')?;
    let (size, rest) = rest.split_once(' ')?;
    let (width, height) = size.split_once('x')?;
    let (address, until) = rest.split_once(' ').unwrap_or((rest, LIVE));
    Some(Shot {
        kind,
        name,
        width: width.parse().ok()?,
        height: height.parse().ok()?,
        address,
        until,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_picture_and_its_selector_may_have_spaces() {
        let list = "
            still phone 390x844 #theme=dark
            film tour 1440x860 #theme=dark
            still details 1440x900 ?api=/x/#sel=pod:a/b body:has(#explanation) :not(:empty)
        ";
        let shot = |kind, name, (width, height), address, until| Shot {
            kind,
            name,
            width,
            height,
            address,
            until,
        };
        let expected = [
            shot(Kind::Still, "phone", (390, 844), "#theme=dark", LIVE),
            shot(Kind::Film, "tour", (1440, 860), "#theme=dark", LIVE),
            shot(
                Kind::Still,
                "details",
                (1440, 900),
                "?api=/x/#sel=pod:a/b",
                "body:has(#explanation) :not(:empty)",
            ),
        ];
        assert_eq!(parse(list), Ok(expected.to_vec()));
    }

    #[test]
    fn a_line_that_is_no_picture_is_quoted() {
        for line in [
            "still phone",
            "still phone 390 #a",
            "photo phone 390x844 #a",
            "still phone 390xtall #a",
        ] {
            let error = parse(line).expect_err(line);
            assert!(error.ends_with(line), "{error}");
        }
    }
}
