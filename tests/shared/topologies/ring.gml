graph [
  DateObtained "1/02/11"
  GeoLocation "Country"
  Network "Ring"
  Creator "hand"
  node [
    id 0
    label "Malm&#246;"
    Longitude 13.0
    Latitude 55.6
    Internal 1
    graphics [ x 1.0 y 2.0 ]
  ]
  node [
    id 1
    label "Göteborg"
  ]
  node [
    id 2
    label "None"
  ]
  node [
    id 3
    label "Łódź -- Østre / 2"
  ]
  node [
    id 4
    label "Łódź -- Østre / 2"
  ]
  edge [ source 0 target 1 LinkSpeed "10" LinkSpeedUnits "G" LinkSpeedRaw 10000000000.0 ]
  edge [ source 1 target 0 LinkSpeed "2.5" LinkSpeedUnits "G" ]
  edge [ source 1 target 2 LinkLabel "2 x 622 Mbps SDH" ]
  edge [ source 2 target 0 LinkSpeed "?" LinkSpeedUnits "G" ]
  edge [ source 2 target 2 LinkSpeed "10" LinkSpeedUnits "G" ]
  # the last two are an island
  edge [ source 3 target 4 LinkType "Fibre" ]
]
