//! Answers in a guest's memory, laid out by the canonical ABI, including layouts
//! that no compiler produces.

/// The address of the answers in a guest's memory.
pub const BASE: u32 = 1024;

/// The bytes of a text, which need not be UTF-8.
pub type Text = Vec<u8>;

/// A variable or a build argument: name and value.
pub type Pair = (Text, Text);

/// The answers in a guest's memory, from [`BASE`] on.
#[derive(Default)]
pub struct Memory(pub Vec<u8>);

/// An image of an answer.
#[derive(Clone)]
pub struct Image {
    pub name: Text,
    pub repository: Text,
    pub tags: Vec<Text>,
    pub source: Source,
}

#[derive(Clone)]
pub enum Source {
    Build(Build),
    Pushed(Text),
}

/// A docker build.
#[derive(Clone, Default)]
pub struct Build {
    pub context: Text,
    pub dockerfile: Option<Text>,
    pub stage: Option<Text>,
    pub arguments: Vec<Pair>,
    pub platform: Option<Text>,
}

/// A service that the answer deploys to.
#[derive(Clone, Default)]
pub struct Target {
    pub cluster: Text,
    pub service: Text,
    pub region: Option<Text>,
    pub role: Option<Text>,
    /// Container, image, and variables; every container that runs the repository if empty.
    pub containers: Vec<(Text, Text, Vec<Pair>)>,
    /// Name, container, and command of the one-off tasks before the update.
    pub tasks: Vec<(Text, Text, Vec<Text>)>,
}

/// A record, built field by field.
#[derive(Default)]
struct Record(Vec<u8>);

impl Record {
    fn word(mut self, word: u32) -> Self {
        self.0.extend(word.to_le_bytes());
        self
    }

    fn zeros(self, count: usize) -> Self {
        (0..count).fold(self, |record, _| record.word(0))
    }

    fn pair(self, (a, b): (u32, u32)) -> Self {
        self.word(a).word(b)
    }

    fn optional(self, memory: &mut Memory, text: Option<&Text>) -> Self {
        match text {
            Some(text) => self.word(1).pair(memory.text(text)),
            None => self.word(0).pair((0, 0)),
        }
    }
}

impl Memory {
    /// Appends bytes, aligned to 8, and returns their address.
    pub fn put(&mut self, bytes: &[u8]) -> u32 {
        self.0.resize(self.0.len().next_multiple_of(8), 0);
        let at = BASE + u32::try_from(self.0.len()).expect("a memory has 32 bits");
        self.0.extend(bytes);
        at
    }

    /// Appends words as a record of any content, and returns its address.
    pub fn words(&mut self, words: &[u32]) -> u32 {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        self.put(&bytes)
    }

    pub fn text(&mut self, text: &[u8]) -> (u32, u32) {
        (self.put(text), u32::try_from(text.len()).expect("a text has 32 bits"))
    }

    fn list(&mut self, items: Vec<Record>) -> (u32, u32) {
        let count = u32::try_from(items.len()).expect("a list has 32 bits");
        let bytes: Vec<u8> = items.into_iter().flat_map(|item| item.0).collect();
        (self.put(&bytes), count)
    }

    fn pairs(&mut self, pairs: &[Pair]) -> (u32, u32) {
        let items = pairs.iter().map(|(name, value)| {
            let (name, value) = (self.text(name), self.text(value));
            Record::default().pair(name).pair(value)
        });
        let items = items.collect();
        self.list(items)
    }

    fn texts(&mut self, texts: &[Text]) -> (u32, u32) {
        let items = texts.iter().map(|text| Record::default().pair(self.text(text))).collect();
        self.list(items)
    }

    /// An answer of `describe`: a name, and the declared settings.
    pub fn manifest(&mut self, name: &[u8], settings: &[&str]) -> u32 {
        let about = self.text(b"x");
        let settings = settings
            .iter()
            .map(|name| Record::default().pair(self.text(name.as_bytes())).pair(about).word(0));
        let settings = settings.collect();
        let (name, settings) = (self.text(name), self.list(settings));
        let record = Record::default().pair(name).pair(about).pair(about).pair(settings);
        self.put(&record.0)
    }

    /// The answer `deploy` of `select`.
    pub fn deploy(&mut self) -> u32 {
        self.words(&[0, 0, 0, 0])
    }

    /// The answer `skip` of `select`.
    pub fn skip(&mut self, reason: &[u8]) -> u32 {
        let (at, length) = self.text(reason);
        self.words(&[0, 1, at, length])
    }

    /// The error of `select`, `images` or `targets`, which rejects the build.
    pub fn no(&mut self, sentence: &[u8]) -> u32 {
        let (at, length) = self.text(sentence);
        self.words(&[1, at, length, 0])
    }

    /// An answer of `images`.
    pub fn images(&mut self, images: &[Image]) -> u32 {
        let items = images.iter().map(|image| {
            let (name, repository) = (self.text(&image.name), self.text(&image.repository));
            let tags = self.texts(&image.tags);
            let record = Record::default().pair(name).pair(repository).pair(tags);
            match &image.source {
                Source::Build(build) => {
                    let (context, arguments) = (self.text(&build.context), self.pairs(&build.arguments));
                    let platforms: Vec<Text> = build.platform.iter().cloned().collect();
                    let platforms = self.texts(&platforms);
                    let record = record.word(1).pair(context).optional(self, build.dockerfile.as_ref());
                    let record = record.optional(self, build.stage.as_ref()).pair(arguments).pair(platforms);
                    // No labels, no pull, no options of BuildKit, and not only published.
                    record.zeros(2 + 1 + 11 + 1)
                }
                Source::Pushed(text) => record.word(2).pair(self.text(text)).zeros(24 + 1),
            }
        });
        let items = items.collect();
        let (at, count) = self.list(items);
        self.words(&[0, at, count])
    }

    /// An answer of `targets`.
    pub fn targets(&mut self, targets: &[Target]) -> u32 {
        let items = targets.iter().map(|target| {
            let name = (self.text(&target.cluster), self.text(&target.service));
            let containers = target.containers.iter().map(|(container, image, variables)| {
                let (container, image) = (self.text(container), self.text(image));
                let record =
                    Record::default().pair(container).word(1).pair(image).pair(self.pairs(variables));
                // No secrets, no variables to remove, and the same command.
                record.zeros(2 + 2 + 3)
            });
            let containers = containers.collect();
            let containers = self.list(containers);
            let tasks = target.tasks.iter().map(|(name, container, command)| {
                let (name, container) = (self.text(name), self.text(container));
                // No variables and no timeout.
                Record::default().pair(name).pair(container).pair(self.texts(command)).zeros(2 + 2)
            });
            let tasks = tasks.collect();
            let tasks = self.list(tasks);
            let record = Record::default().word(0).pair(name.0).pair(name.1);
            let record = record.optional(self, target.region.as_ref()).optional(self, target.role.as_ref());
            let names_containers = u32::from(!target.containers.is_empty());
            // Wave 0, no changes of the task definition, and no options of the rollout.
            let record = record.word(0).word(names_containers).pair(containers).zeros(6 + 8);
            // No tasks after the update.
            record.pair(tasks).pair((0, 0))
        });
        let items = items.collect();
        let (at, count) = self.list(items);
        self.words(&[0, at, count])
    }
}
