// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .enableExperimentalFeature("Lifetimes"),
  // Specialises generic code across layers: 1,245 instead of 1,404 instructions a data segment.
  .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
]

/// A layer of the stack and its tests: target `StrataName` in Sources/Name, tests in Tests/Name.
/// `kept`: what lies beside the tests and is not code.
func layer(
  _ name: String, on below: [Target.Dependency], tests: [Target.Dependency] = [], kept: [String] = []
) -> [Target] {
  [
    .target(name: "Strata\(name)", dependencies: below, path: "Sources/\(name)", swiftSettings: settings),
    .testTarget(
      name: "Strata\(name)Tests", dependencies: [.target(name: "Strata\(name)")] + below + tests,
      path: "Tests/\(name)", exclude: kept, swiftSettings: settings),
  ]
}

let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")

// From the bottom up: what a layer stands on is above it in this list.
let layers: [[Target]] = [
  [.target(name: "CWide", path: "Sources/CWide")],
  layer("Base", on: ["CWide"]),
  layer("Wire", on: ["StrataBase"], tests: ["StrataCorpus"]),
  [.target(name: "CLoop", path: "Sources/CLoop")],
  layer("Loop", on: ["CLoop", "StrataBase"]),
  layer("Link", on: ["StrataBase", "StrataWire"]),
  layer(
    "Internet", on: ["StrataBase", "StrataWire", "StrataLink"], tests: ["StrataCheckout"], kept: ["Golden"]),
  layer("Transport", on: ["StrataBase", "StrataWire", "StrataLink", "StrataInternet"]),
  [.target(name: "CThread", path: "Sources/CThread")],
  layer("Sockets", on: ["CThread", "StrataBase", "StrataWire"]),
  [
    layer(
      "Stack",
      on: [
        "StrataBase", "StrataWire", "StrataLink", "StrataInternet", "StrataTransport", "StrataSockets",
      ])[0]
  ],
  layer(
    "BSD",
    on: [
      "StrataBase", "StrataWire", "StrataLink", "StrataInternet", "StrataTransport", "StrataSockets",
      "StrataStack",
    ]),
  layer(
    "IP", on: ["StrataBase", "StrataWire", "StrataLink", "StrataTransport", "StrataSockets", "StrataStack"]),
  [.target(name: "CDevices", path: "Sources/CDevices")],
  layer(
    "Devices",
    on: [
      "CDevices", "StrataBase", "StrataWire", "StrataLink", "StrataInternet", "StrataSockets", "StrataStack",
      "StrataLoop",
    ]),
  layer("Kernel", on: ["CLoop", "StrataBase", "StrataWire", "StrataSockets", "StrataLoop"]),
  layer("HTTP", on: ["StrataBase", httpTypes]),
  [.target(name: "CFiles", path: "Sources/CFiles")],
  layer("Files", on: ["CFiles"], tests: ["StrataTemporary"]),
  layer(
    "Service", on: ["StrataBase", "StrataWire", "StrataSockets", "StrataHTTP", "StrataFiles", httpTypes],
    tests: ["StrataLoop", "StrataKernel", "StrataTemporary"]),
  layer(
    "Simulator",
    on: [
      "StrataBase", "StrataWire", "StrataLink", "StrataInternet", "StrataTransport", "StrataSockets",
      "StrataStack",
    ], tests: ["StrataCheckout"], kept: ["Golden"]),
  layer(
    "Recording", on: ["StrataBase", "StrataWire", "StrataLink", "StrataFiles", "StrataSimulator"],
    tests: ["StrataSockets", "StrataStack", "StrataService", "StrataTemporary"]),
  [
    .target(
      name: "Strata",
      dependencies: [
        "StrataBase", "StrataWire", "StrataLoop", "StrataLink", "StrataInternet", "StrataTransport",
        "StrataSockets", "StrataStack", "StrataDevices", "StrataKernel", "StrataHTTP", "StrataFiles",
        "StrataService",
        "StrataSimulator", "StrataRecording",
      ], path: "Sources/Strata", swiftSettings: settings)
  ],
  [
    .target(
      name: "StrataBench",
      dependencies: [
        "CDevices", "StrataBase", "StrataWire", "StrataLink", "StrataSockets", "StrataStack", "StrataLoop",
        "StrataDevices",
      ], path: "Sources/Bench", swiftSettings: settings)
  ],
  [
    .executableTarget(
      name: "StrataCommand",
      dependencies: [
        "StrataBase", "StrataWire", "StrataLink", "StrataSockets", "StrataStack", "StrataDevices",
        "StrataLoop",
        "StrataKernel", "StrataFiles", "StrataService", "StrataSimulator", "StrataRecording", "StrataBench",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ], path: "Sources/Command", swiftSettings: settings),
    .testTarget(
      name: "StrataCommandTests",
      dependencies: [
        "StrataBase", "StrataLink", "StrataSockets", "StrataFiles", "StrataService", "StrataSimulator",
        "StrataRecording", "StrataCommand",
      ], path: "Tests/Command", swiftSettings: settings),
  ],
]

// A fuzzer is worth what it tries a second, so it is optimised in debug builds too. (And Swift 6.3.1
// aborts when it translates TCPSubject without optimisation.)
let hurried = settings + [.unsafeFlags(["-O"], .when(configuration: .debug))]

// Vectors of every format, which the tests and the fuzzer share.
let fuzzing: [Target] = [
  .target(
    name: "StrataCorpus", dependencies: ["StrataBase", "StrataWire"], path: "Sources/Corpus",
    swiftSettings: settings),
  .executableTarget(
    name: "StrataFuzz",
    dependencies: [
      "StrataBase", "StrataWire", "StrataLink", "StrataInternet", "StrataTransport", "StrataSockets",
      "StrataStack", "StrataSimulator", "StrataHTTP", "StrataCorpus", httpTypes,
    ], path: "Sources/Fuzz", swiftSettings: hurried),
  .testTarget(
    name: "StrataFuzzTests", dependencies: ["StrataFuzz", "StrataCorpus"], path: "Tests/Fuzz",
    swiftSettings: settings),
]

// Tests that need layers above the one that they are of, and those that run on every ground.
let joined: [Target] = [
  .testTarget(
    name: "StrataStackTests",
    dependencies: [
      "StrataBase", "StrataWire", "StrataLink", "StrataInternet", "StrataTransport", "StrataSockets",
      "StrataStack", "StrataSimulator",
    ], path: "Tests/Stack", swiftSettings: settings),
  .testTarget(
    name: "StrataGroundsTests",
    dependencies: [
      "StrataBase", "StrataWire", "StrataLink", "StrataSockets", "StrataStack", "StrataLoop", "StrataKernel",
      "StrataCheckout",
    ], path: "Tests/Grounds", swiftSettings: settings),
]

// What keeps the house: the checkout's own rules, and the code that its texts show.
let house: [Target] = [
  .target(name: "StrataCheckout", path: "Tests/Checkout"),
  .target(name: "StrataTemporary", path: "Tests/Temporary"),
  .testTarget(name: "StrataTidyTests", dependencies: ["StrataCheckout"], path: "Tests/Tidy"),
  .testTarget(
    name: "StrataDocsTests", dependencies: ["Strata", "StrataCheckout", "StrataExamples"],
    path: "Tests/Docs"),
  .target(
    name: "StrataExamples", dependencies: ["Strata", "StrataIP"], path: "Examples",
    exclude: ["Tunnel", "Simulator", "c", "python"], swiftSettings: settings),
  // With the one import that its users have.
  .testTarget(
    name: "StrataSimulatorExamples", dependencies: ["StrataSimulator"], path: "Examples/Simulator"),
  .executableTarget(
    name: "tunnel", dependencies: ["Strata", "StrataIP"], path: "Examples/Tunnel", swiftSettings: settings),
]

// One stack for C: what strata.h declares is all that the library exports, and it needs no Swift beside it.
let library: [Target] = [
  .systemLibrary(name: "CStrata", path: "Sources/C/include"),
  .target(
    name: "StrataC", dependencies: ["CStrata", "StrataBase", "StrataBSD"], path: "Sources/C",
    exclude: ["include", "exports.map"], swiftSettings: settings,
    linkerSettings: [
      .unsafeFlags([
        "-static-stdlib", "-Xlinker", "--version-script=\(Context.packageDirectory)/Sources/C/exports.map",
      ])
    ]),
  .testTarget(
    name: "StrataCTests", dependencies: ["StrataCheckout"], path: "Tests/C", swiftSettings: settings),
]

// Programs that others wrote against the executable.
let interop: [Target] = [
  .testTarget(
    name: "StrataInteropTests", dependencies: ["StrataCheckout", "StrataCommand", "tunnel"],
    path: "Tests/Interop", exclude: ["Peers", "Programs"], swiftSettings: settings)
]

let package = Package(
  name: "strata",
  products: [
    .library(name: "Strata", targets: ["Strata"]),
    .library(name: "StrataSimulator", targets: ["StrataSimulator"]),
    .library(name: "StrataIP", targets: ["StrataIP"]),
    .executable(name: "strata", targets: ["StrataCommand"]),
    .executable(name: "strata-fuzz", targets: ["StrataFuzz"]),
    // The file is `libstrata.so`. A product `strata` there is already, and two may not have one name: so this
    // one's is a path that leads to the same file.
    .library(name: "c/../libstrata", type: .dynamic, targets: ["StrataC"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
  ],
  targets: layers.flatMap { $0 } + fuzzing + joined + house + library + interop,
  swiftLanguageModes: [.v6]
)
