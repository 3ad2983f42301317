// swift-tools-version: 6.2
import PackageDescription

// Layers, from the bottom up. A target may import only those above its own line.
let settings: [SwiftSetting] = [
  .enableExperimentalFeature("Lifetimes"),
  // Specialises generic code across layers: 1,245 instead of 1,404 instructions a data segment.
  .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
]

func layer(_ name: String, _ below: [Target.Dependency] = []) -> [Target] {
  [
    .target(name: "Strata\(name)", dependencies: below, path: "Sources/\(name)", swiftSettings: settings),
    .testTarget(
      name: "Strata\(name)Tests", dependencies: [.target(name: "Strata\(name)")] + below,
      path: "Tests/\(name)",
      swiftSettings: settings),
  ]
}

// What keeps the house: the checkout's own rules, and the code that its texts show.
let house: [Target] = [
  .target(name: "StrataCheckout", path: "Tests/Checkout"),
  .testTarget(name: "StrataTidyTests", dependencies: ["StrataCheckout"], path: "Tests/Tidy"),
  .testTarget(name: "StrataDocsTests", dependencies: ["StrataCheckout"], path: "Tests/Docs"),
  .target(name: "StrataExamples", dependencies: ["StrataBase"], path: "Examples", swiftSettings: settings),
]

let package = Package(
  name: "strata",
  targets: [.target(name: "CWide", path: "Sources/CWide")] + layer("Base", ["CWide"]) + house,
  swiftLanguageModes: [.v6]
)
