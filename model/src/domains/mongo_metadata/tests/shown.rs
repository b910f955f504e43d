//! What servers show, in normal form.

use super::*;

#[test]
fn what_a_server_fills_in_is_left_out() {
    let options = members([
        ("capped", true.into()),
        ("size", Value::Double(4096.0)),
        ("validator", doc([("n", doc([("$gt", Value::Int(0))]))])),
        ("validationLevel", "strict".into()),
        ("validationAction", "warn".into()),
        ("collation", doc([("locale", "de".into()), ("strength", Value::Int(2)), ("version", "57.1".into())])),
    ]);
    let text = members([
        ("v", Value::Int(2)),
        ("key", doc([("_fts", "text".into()), ("_ftsx", Value::Int(1)), ("at", Value::Int(-1))])),
        ("name", "words".into()),
        ("ns", "acme.posts".into()),
        ("default_language", "english".into()),
        ("language_override", "lang".into()),
        ("textIndexVersion", Value::Int(3)),
        ("weights", doc([("title", Value::Int(10)), ("body", Value::Int(1))])),
    ]);
    let wanted = members([
        ("key", doc([("body", "text".into()), ("title", "text".into()), ("at", Value::Int(-1))])),
        ("name", "words".into()),
        ("language_override", "lang".into()),
        ("weights", doc([("title", Value::Int(10))])),
    ]);
    let collection = described::collection(&options).unwrap();
    let index = described::index("posts", &text).unwrap();
    assert_eq!(index, described::index("posts", &wanted).unwrap(), "fields of a text index are weights");
    insta::assert_json_snapshot!(json!({ "collection": collection, "index": index }));
}

#[test]
fn every_option_that_a_server_may_show_is_in_the_spec() {
    let collation = doc([
        ("locale", "de".into()),
        ("caseLevel", true.into()),
        ("caseFirst", "upper".into()),
        ("strength", Value::Int(1)),
        ("numericOrdering", true.into()),
        ("alternate", "shifted".into()),
        ("maxVariable", "space".into()),
        ("normalization", true.into()),
        ("backwards", false.into()),
        ("version", "57.1".into()),
    ]);
    let some = || doc([("x", Value::Int(1))]);
    let collection = members([
        ("capped", true.into()),
        ("size", Value::Int(4096)),
        ("max", Value::Int(7)),
        ("validator", some()),
        ("validationLevel", "moderate".into()),
        ("validationAction", "warn".into()),
        ("collation", collation.clone()),
        (
            "timeseries",
            doc([
                ("timeField", "t".into()),
                ("metaField", "m".into()),
                ("bucketMaxSpanSeconds", Value::Int(60)),
                ("bucketRoundingSeconds", Value::Int(61)),
            ]),
        ),
        ("clusteredIndex", doc([("name", "by_id".into())])),
        ("expireAfterSeconds", Value::Int(9)),
        ("changeStreamPreAndPostImages", doc([("enabled", true.into())])),
        ("encryptedFields", some()),
        ("storageEngine", some()),
        ("indexOptionDefaults", some()),
        ("autoIndexId", true.into()),
        ("recordPreImages", true.into()),
        ("flags", Value::Int(1)),
    ]);
    let index = members([
        ("v", Value::Int(2)),
        ("background", true.into()),
        ("dropDups", true.into()),
        ("clustered", false.into()),
        ("key", doc([("a", "2dsphere".into()), ("b", Value::Int(1))])),
        ("unique", true.into()),
        ("sparse", true.into()),
        ("hidden", true.into()),
        ("prepareUnique", true.into()),
        ("expireAfterSeconds", Value::Int(9)),
        ("partialFilterExpression", some()),
        ("collation", collation),
        ("wildcardProjection", some()),
        ("columnstoreProjection", some()),
        ("weights", some()),
        ("default_language", "german".into()),
        ("language_override", "lang".into()),
        ("textIndexVersion", Value::Int(2)),
        ("2dsphereIndexVersion", Value::Int(2)),
        ("bits", Value::Int(20)),
        ("min", Value::Int(-10)),
        ("max", Value::Int(10)),
        ("storageEngine", some()),
    ]);
    let usual = members([
        ("key", doc([("a", Value::Int(1))])),
        ("default_language", "english".into()),
        ("language_override", "language".into()),
        ("textIndexVersion", Value::Int(3)),
        ("2dsphereIndexVersion", Value::Int(3)),
        ("bits", Value::Int(26)),
        ("min", Value::Int(-180)),
        ("max", Value::Int(180)),
    ]);
    // `clustered: false` is said of no index: it is refused, not taken for the clustered one.
    assert!(described::index("c", &index).unwrap_err().contains("clustered"));
    let index = Document(index.0.into_iter().filter(|(name, _)| name != "clustered").collect());
    let clustered = members([("key", doc([("_id", Value::Int(1))])), ("clustered", true.into())]);
    assert_eq!(described::index("c", &clustered).unwrap(), None);
    insta::assert_json_snapshot!(json!({
        "collection": described::collection(&collection).unwrap(),
        "index": described::index("c", &index).unwrap(),
        "usual": described::index("c", &usual).unwrap(),
        "capped without a maximum":
            described::collection(&members([("capped", true.into()), ("size", Value::Int(9)), ("max", Value::Int(0))])).unwrap(),
        "clustered by a truth value": described::collection(&members([("clusteredIndex", true.into())])).unwrap(),
        "not clustered": described::collection(&members([("clusteredIndex", false.into())])).unwrap(),
        "view": described::view(&members([("viewOn", "c".into()), ("pipeline", Value::Array(vec![some()])), ("collation", doc([("locale", "simple".into())]))])).unwrap(),
    }));
}

#[test]
fn an_option_of_the_wrong_type_is_told_by_its_name() {
    let options = |name, value: Value| described::collection(&members([(name, value)])).unwrap_err();
    let of_index = |name, value: Value| {
        described::index("c", &members([("key", doc([("a", Value::Int(1))])), (name, value)])).unwrap_err()
    };
    insta::assert_snapshot!(
        [
            options("capped", "yes".into()),
            options("capped", true.into()),
            options("size", Value::Long(1 << 53)),
            options("size", Value::Long(-(1 << 53))),
            options("validator", Value::Int(1)),
            options("validationLevel", Value::Int(1)),
            options("autoIndexId", false.into()),
            options("clusteredIndex", "yes".into()),
            options("collation", doc([("colour", "red".into())])),
            options("timeseries", doc([("colour", "red".into())])),
            of_index("min", Value::Double(f64::INFINITY)),
            of_index("weights", doc([("a", "1".into())])),
            described::view(&members([("viewOn", "c".into()), ("pipeline", "p".into())])).unwrap_err(),
            described::view(&members([("pipeline", Value::Array(vec![]))])).unwrap_err(),
            described::index("c", &members([("name", "x".into())])).unwrap_err(),
        ]
        .join("\n")
    );
    assert_eq!(described::collection(&members([("size", Value::Long((1 << 53) - 1))])).unwrap().capped, None);
}

#[test]
fn the_index_that_every_collection_has_is_left_out() {
    let id = members([("key", doc([("_id", Value::Int(1))])), ("name", "_id_".into())]);
    let clustered = members([("key", doc([("_id", Value::Int(1))])), ("name", "c".into()), ("clustered", true.into())]);
    let hashed = members([("key", doc([("_id", "hashed".into())])), ("name", "_id_hashed".into())]);
    assert_eq!(described::index("c", &id), Ok(None));
    assert_eq!(described::index("c", &clustered), Ok(None));
    assert!(described::index("c", &hashed).unwrap().is_some());
}

#[test]
fn an_unknown_option_is_neither_lost_nor_guessed() {
    assert_eq!(
        described::collection(&members([("quantum", true.into())])),
        Err("has the option `quantum`, which is not known".into())
    );
}

#[test]
fn only_the_index_on_the_identifier_alone_comes_by_itself() {
    let index = |key: Document, name: &str| {
        let described = members([("key", Value::Document(key)), ("name", name.into())]);
        described::index("c", &described).unwrap().map(|spec| spec.name)
    };
    assert_eq!(index(members([("_id", Value::Int(1))]), "mine"), None);
    assert_eq!(index(members([("_id", Value::Double(-1.0))]), "mine"), None);
    assert_eq!(index(members([("a", Value::Int(1))]), "mine"), Some("mine".into()));
    assert_eq!(index(members([("_id", Value::Int(1)), ("a", Value::Int(1))]), "mine"), Some("mine".into()));
    assert_eq!(index(members([("_id", "hashed".into())]), "mine"), Some("mine".into()));
    let unnamed = [("a", Value::Int(-1)), ("b", "hashed".into()), ("c", Value::Long(1)), ("d", Value::Null)];
    assert_eq!(index(members(unnamed), ""), Some("a_-1_b_hashed_c_1_d_1".into()));
}

#[test]
fn a_collation_counts_when_it_is_not_the_simple_one() {
    let collation = |members: Document| {
        let options = Document(vec![("collation".into(), Value::Document(members))]);
        described::collection(&options).unwrap().collation.map(|it| it.locale)
    };
    assert_eq!(collation(members([("locale", "de".into())])), Some("de".into()));
    assert_eq!(collation(members([("locale", "simple".into())])), None);
    assert_eq!(collation(members([("strength", Value::Int(1))])), None);
}

#[test]
fn the_spans_of_a_time_series_follow_from_its_granularity() {
    let spans = |granularity: Option<&str>| {
        let mut options = members([
            ("timeField", "t".into()),
            ("bucketMaxSpanSeconds", Value::Int(60)),
            ("bucketRoundingSeconds", Value::Int(61)),
        ]);
        if let Some(granularity) = granularity {
            options.push("granularity", granularity);
        }
        let options = Document(vec![("timeseries".into(), Value::Document(options))]);
        let spec = described::collection(&options).unwrap().timeseries.unwrap();
        (spec.bucket_max_span_seconds, spec.bucket_rounding_seconds)
    };
    assert_eq!(spans(None), (Some(60), Some(61)));
    assert_eq!(spans(Some("hours")), (None, None));
}
