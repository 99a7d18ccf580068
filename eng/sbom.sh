# ./build.sh sbom [FILE]: sourced by build.sh. What the native binary is made of, from the lock file that it was restored by.

need_jq() { command -v jq >/dev/null || install_packages jq; }

# Compiles and checks, and is no part of the binary.
sbom_tools='["Meziantou.Analyzer","Microsoft.CodeAnalysis.BannedApiAnalyzers","Microsoft.NET.ILLink.Tasks"]'

sbom() {
  need_jq
  local lock=src/LogShipper/packages.aot.lock.json version commit
  version=$(dotnet msbuild src/LogShipper/LogShipper.csproj -getProperty:Version)
  commit=$(git log -1 --format=%cI 2>/dev/null || date --utc +%Y-%m-%dT%H:%M:%SZ)
  mkdir -p "$(dirname "$1")"
  jq --arg version "$version" --arg time "$commit" --arg hash "$(sha256sum <"$lock" | cut -c1-32)" --argjson tools "$sbom_tools" '
    def purl: "pkg:nuget/\(.name)@\(.version)";
    [.dependencies | to_entries[] | .value | to_entries[]
      | select(.value.type != "Project" and (.key as $name | $tools | index($name) | not))
      | {name: .key, version: .value.resolved, hash: .value.contentHash, needs: ((.value.dependencies // {}) | keys)}] | unique_by(.name) as $packages
    | ($packages | map({key: .name, value: purl}) | from_entries) as $ids
    | {
        bomFormat: "CycloneDX", specVersion: "1.5", version: 1,
        serialNumber: "urn:uuid:\($hash[0:8])-\($hash[8:12])-4\($hash[13:16])-8\($hash[17:20])-\($hash[20:32])",
        metadata: {timestamp: $time, component: {type: "application", name: "logshipper", version: $version, "bom-ref": "logshipper"}},
        components: [$packages[] | {type: "library", "bom-ref": purl, name, version, purl: purl, scope: "required",
          properties: [{name: "nuget:contentHash:sha512", value: .hash}]}],
        dependencies: ([{ref: "logshipper", dependsOn: [$packages[] | purl]}]
          + [$packages[] | {ref: purl, dependsOn: [.needs[] | $ids[.] // empty]}])
      }' "$lock" >"$1"
  echo "$1: $(jq '.components | length' "$1") packages; the runtime is that of $(jq -r '[.components[] | select(.name | test("ILCompiler$")) | "\(.name) \(.version)"][0] // "the SDK"' "$1")"
}

# Whether a vulnerable package would be found here: one that is known to be (GHSA-5crp-9r3c-p9vr) is restored aside. Where the source of packages
# serves no vulnerability data, NuGet audits nothing and says nothing.
audit() {
  local folder
  folder=$(mktemp -d)
  cat >"$folder/canary.csproj" <<'XML'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net10.0</TargetFramework><NuGetAudit>true</NuGetAudit></PropertyGroup>
  <ItemGroup><PackageReference Include="Newtonsoft.Json" Version="12.0.3" /></ItemGroup>
</Project>
XML
  if dotnet restore "$folder/canary.csproj" 2>&1 | grep -q NU1903; then
    echo "packages are audited here: every restore fails on a known vulnerability"
  else
    echo "packages are NOT audited here: the source of packages serves no vulnerability data; restore once where it does before you release"
  fi
  rm -rf "$folder"
}
