use super::UriTemplate;

fn matches(template: &str, topic: &str) -> bool {
    let template = UriTemplate::compile(template).unwrap();
    template.expect("it is a template").matches(topic)
}

/// The answers of the library that the former hubs use.
#[test]
fn the_former_hubs_give_the_same_answers() {
    let vectors = include_str!("vectors.tsv").lines();
    let mut count = 0;
    for line in vectors.filter(|line| !line.starts_with("//")) {
        let [answer, template, topic] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("not a vector: {line}");
        };
        count += 1;
        let compiled = UriTemplate::compile(template).unwrap();
        let expression = template.contains('{');
        match answer {
            "invalid" => assert!(compiled.is_none(), "{line}"),
            "yes" | "no" if expression => {
                assert_eq!(compiled.unwrap().matches(topic), answer == "yes", "{line}");
            }
            _ => assert!(compiled.is_none(), "{line}"),
        }
    }
    assert!(count > 900, "{count}");
}

#[test]
fn a_template_matches_the_whole_topic_only() {
    assert!(matches("/books/{id}", "/books/1"));
    assert!(matches("/books/{id}", "/books/"));
    assert!(!matches("/books/{id}", "/books/1/2"));
    assert!(!matches("/books/{id}", "/books/\u{e9}"));
    assert!(!matches("/books/{id}", "x/books/1"));
    assert!(!matches("/books/{id}", "/books/1\n"));
}

#[test]
fn reserved_characters_need_an_operator() {
    for character in ":/?#[]@!$&'()*+;=".chars() {
        let topic = format!("a{character}b");
        assert!(!matches("{x}", &topic), "{topic}");
        assert!(matches("{+x}", &topic), "{topic}");
        assert!(matches("{#x}", &format!("#{topic}")), "{topic}");
    }
    for character in "-._~,".chars() {
        assert!(matches("{x}", &format!("a{character}b")), "{character}");
    }
    for character in "\"%<>\\^`{|} ".chars() {
        assert!(!matches("{+x}", &format!("a{character}b")), "{character}");
    }
}

#[test]
fn what_is_no_template_is_only_compared() {
    for text in [
        "", "plain", "{", "{x", "x}", "{}", "{x y}", "{x:0}", "%{x}", "a b{x}",
    ] {
        assert!(UriTemplate::compile(text).unwrap().is_none(), "{text}");
    }
}

/// As many variables as fit: only operators that need to count them can be refused.
#[test]
fn many_variables_are_matched_or_refused() {
    let variables = vec!["a"; 2000].join(",");
    assert!(matches(&format!("{{{variables}}}"), "1,2,3"));
    assert!(matches(&format!("{{?{variables}*}}"), "?1&2"));
    assert!(UriTemplate::compile(&format!("{{?{variables}}}")).is_err());
    assert!(UriTemplate::compile(&"{a}".repeat(1300)).is_err());
    assert!(matches(
        &format!("{{?{}}}", vec!["a"; 30].join(",")),
        "?1&2"
    ));
}
